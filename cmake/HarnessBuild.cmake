# The flags every target of this project compiles with, as targets: nothing is set directory-wide.

option(HARNESS_WERROR "Treat warnings as errors" OFF)
set(HARNESS_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined or thread")
option(HARNESS_PORTABLE_SWITCH "Switch between stacks by jumps of the C library also where there is a faster way" OFF)
option(HARNESS_COVERAGE "Count what runs, for ci/coverage; with gcc" OFF)

add_library(harness_flags INTERFACE)
target_compile_options(
  harness_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
                          $<$<BOOL:${HARNESS_WERROR}>:-Werror>)
target_compile_definitions(harness_flags INTERFACE _GNU_SOURCE $<$<BOOL:${HARNESS_PORTABLE_SWITCH}>:HARNESS_PORTABLE_SWITCH>)
if(HARNESS_SANITIZE)
  target_compile_options(harness_flags INTERFACE -fsanitize=${HARNESS_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=all)
  target_link_options(harness_flags INTERFACE -fsanitize=${HARNESS_SANITIZE})
endif()
if(HARNESS_COVERAGE)
  # Atomic, since threads count, too.
  target_compile_options(harness_flags INTERFACE -O0 --coverage -fprofile-update=atomic)
  target_link_options(harness_flags INTERFACE --coverage)
  add_library(harness_coverage STATIC "${CMAKE_CURRENT_LIST_DIR}/coverage.c")
  target_compile_definitions(harness_coverage PRIVATE _GNU_SOURCE)
  target_link_libraries(harness_coverage PUBLIC ${CMAKE_DL_LIBS})
  target_link_libraries(harness_flags INTERFACE harness_coverage)
endif()
