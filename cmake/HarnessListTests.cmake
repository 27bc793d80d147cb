# Run after the build of a test program (see HarnessDiscoverTests.cmake): asks it for its tests and writes
# the file that ctest includes. The arguments come as -D definitions.
cmake_minimum_required(VERSION 3.25)

execute_process(
  COMMAND ${launcher} "${program}" --list
  WORKING_DIRECTORY "${directory}"
  OUTPUT_VARIABLE list
  ERROR_VARIABLE errors
  RESULT_VARIABLE result
  TIMEOUT 60)
if(NOT result STREQUAL 0)
  file(REMOVE "${output}")
  message(FATAL_ERROR "${program} --list failed (${result}), so its tests can't be registered with ctest.\n"
                      "Its main must be HARNESS_CMOCKA_MAIN, and it must be able to run here.\n${list}${errors}")
endif()

# Line by line, since a name may hold what means something in a list: brackets, backslashes, semicolons.
function(next_name name rest)
  string(FIND "${${rest}}\n" "\n" length)
  string(SUBSTRING "${${rest}}" 0 ${length} line)
  string(SUBSTRING "${${rest}}\n" ${length} -1 behind)
  string(REGEX REPLACE "^\n" "" behind "${behind}")
  string(REGEX REPLACE "\n$" "" behind "${behind}")
  string(REGEX REPLACE "[ \t\r]+$" "" line "${line}")
  set(${name} "${line}" PARENT_SCOPE)
  set(${rest} "${behind}" PARENT_SCOPE)
endfunction()

# Bracket quotes keep paths and names as they are, whatever they hold.
set(command "")
foreach(word IN LISTS launcher)
  string(APPEND command " [==[${word}]==]")
endforeach()
string(REPLACE ";" "\\;" fixtures "${fixtures}")
set(text "")
while(NOT "${list}" STREQUAL "")
  next_name(name list)
  if("${name}" STREQUAL "")
    continue()
  endif()
  string(REPLACE ";" "\\;" value "${prefix}.${name}")
  set(test "[==[${prefix}.${name}]==]")
  string(APPEND text "add_test(${test}${command} [==[${program}]==] [==[${name}]==])\n")
  string(APPEND text "set_tests_properties(${test} PROPERTIES WORKING_DIRECTORY [==[${directory}]==]\n"
                     "  ENVIRONMENT [==[HARNESS_FIXTURES_DIR=${fixtures};HARNESS_TEST=${value}]==]\n"
                     "  SKIP_RETURN_CODE 77 TIMEOUT [==[${timeout}]==]")
  if(labels)
    string(APPEND text " LABELS [==[${labels}]==]")
  endif()
  foreach(word IN LISTS properties)
    string(APPEND text " [==[${word}]==]")
  endforeach()
  string(APPEND text ")\n")
endwhile()
if("${text}" STREQUAL "")
  file(REMOVE "${output}")
  message(FATAL_ERROR "${program} --list named no test")
endif()
file(WRITE "${output}" "${text}")
