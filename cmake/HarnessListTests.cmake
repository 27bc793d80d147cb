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

string(REGEX REPLACE "[ \t\r]*\n" ";" names "${list}")
list(FILTER names EXCLUDE REGEX "^$")
if(NOT names)
  file(REMOVE "${output}")
  message(FATAL_ERROR "${program} --list named no test")
endif()

# Bracket quotes keep paths and names as they are, whatever they hold.
set(command "")
foreach(word IN LISTS launcher)
  string(APPEND command " [==[${word}]==]")
endforeach()
set(text "")
foreach(name IN LISTS names)
  set(test "[==[${prefix}.${name}]==]")
  string(APPEND text "add_test(${test}${command} [==[${program}]==] [==[${name}]==])\n")
  string(APPEND text "set_tests_properties(${test} PROPERTIES WORKING_DIRECTORY [==[${directory}]==]\n"
                     "  ENVIRONMENT [==[HARNESS_FIXTURES_DIR=${fixtures};HARNESS_TEST=${prefix}.${name}]==]\n"
                     "  SKIP_RETURN_CODE 77 TIMEOUT [==[${timeout}]==]")
  if(labels)
    string(APPEND text " LABELS [==[${labels}]==]")
  endif()
  foreach(word IN LISTS properties)
    string(APPEND text " [==[${word}]==]")
  endforeach()
  string(APPEND text ")\n")
endforeach()
file(WRITE "${output}" "${text}")
