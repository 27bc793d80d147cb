# harness_discover_tests(): each test of a cmocka program becomes a ctest test of its own.
#
#   harness_discover_tests(target
#                          [PREFIX name]         # tests are called name.test; default: the target's name
#                          [FIXTURES dir]        # HARNESS_FIXTURES_DIR; default: fixtures/ beside the list file
#                          [LABELS label...]
#                          [TIMEOUT seconds]     # default: HARNESS_TEST_TIMEOUT, else 60
#                          [PROPERTIES name value...]) # of ctest; not ENVIRONMENT: ENVIRONMENT_MODIFICATION
#
# The program's main must be HARNESS_CMOCKA_MAIN (harness/cmocka.h) or understand the same arguments: --list
# prints one test name a line, a name runs that test, exit code 77 means skipped. It is asked for its tests
# after each build. Call enable_testing() or include(CTest) first, in the top list file: without it ctest finds
# no test, which is warned of. HARNESS_TEST_LAUNCHER, a list, is put before every command (valgrind, an emulator).
#
# Each test gets its name as HARNESS_TEST. By that `harness orphans` knows it in the list of ctest, and finds the
# record of the fixtures that it checked where HARNESS_TOUCHED names a folder.

set(_harness_list_tests "${CMAKE_CURRENT_LIST_DIR}/HarnessListTests.cmake")

function(harness_discover_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX;FIXTURES;TIMEOUT" "LABELS;PROPERTIES")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "harness_discover_tests: there is no target ${target}")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "harness_discover_tests(${target}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  # It would take the place of what is said here, and the tests would lose their fixtures.
  if("ENVIRONMENT" IN_LIST arg_PROPERTIES)
    message(FATAL_ERROR "harness_discover_tests(${target}): the property ENVIRONMENT is set here, with "
                        "HARNESS_FIXTURES_DIR; add to it by ENVIRONMENT_MODIFICATION name=set:value")
  endif()
  # BUILD_TESTING off means that no tests are wanted; then there is nothing to warn of.
  if(NOT CMAKE_TESTING_ENABLED AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
    message(AUTHOR_WARNING "harness_discover_tests(${target}): testing is off, so ctest will find no test; call "
                           "enable_testing() before, in the top CMakeLists.txt")
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX ${target})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
    if(HARNESS_TEST_TIMEOUT)
      set(arg_TIMEOUT ${HARNESS_TEST_TIMEOUT})
    endif()
  endif()
  if(NOT arg_FIXTURES)
    set(arg_FIXTURES fixtures)
  endif()
  cmake_path(ABSOLUTE_PATH arg_FIXTURES BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)

  set(launcher ${HARNESS_TEST_LAUNCHER})
  if(CMAKE_CROSSCOMPILING AND NOT launcher)
    get_target_property(launcher ${target} CROSSCOMPILING_EMULATOR)
    if(NOT launcher)
      message(WARNING "harness_discover_tests(${target}): a cross build needs CMAKE_CROSSCOMPILING_EMULATOR or "
                      "HARNESS_TEST_LAUNCHER to list tests; they are left out")
      return()
    endif()
  endif()

  set(base "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    BYPRODUCTS "${base}_tests.cmake"
    COMMAND
      "${CMAKE_COMMAND}" -D "program=$<TARGET_FILE:${target}>" -D "output=${base}_tests.cmake" -D
      "prefix=${arg_PREFIX}" -D "fixtures=${arg_FIXTURES}" -D "timeout=${arg_TIMEOUT}" -D
      "labels=${arg_LABELS}" -D "properties=${arg_PROPERTIES}" -D "launcher=${launcher}" -D
      "directory=${CMAKE_CURRENT_BINARY_DIR}" -P "${_harness_list_tests}"
    VERBATIM)
  # What ctest reads: a program that was not built is one failing test, never a silent gap.
  file(
    WRITE "${base}_include.cmake"
    "if(EXISTS \"${base}_tests.cmake\")\n  include(\"${base}_tests.cmake\")\nelse()\n"
    "  add_test(${arg_PREFIX}_NOT_BUILT ${arg_PREFIX}_NOT_BUILT)\nendif()\n")
  set_property(
    DIRECTORY
    APPEND
    PROPERTY TEST_INCLUDE_FILES "${base}_include.cmake")
endfunction()
