# Programs whose instructions ci/count counts: the harness's workloads and what transcripts cost; planted is the same
# with some instructions more for each write. Nothing else needs them, so they are built on demand: target "counted".
add_library(count_workloads OBJECT EXCLUDE_FROM_ALL contender.c bench.c tests.c contender/echo.c contender/connections.c
                            contender/bulk.c contender/life_cycles.c contender/round_trips.c contender/messages.c
                            contender/whole_test.c transcript_cases.c count/workloads.c)
target_include_directories(count_workloads PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/harness")
target_compile_definitions(count_workloads PRIVATE "BENCH_FIXTURES=\"${CMAKE_CURRENT_SOURCE_DIR}/fixtures\"")
# Places are told by file, and paths cost by their length.
target_compile_options(count_workloads PRIVATE "-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=")
target_link_libraries(count_workloads PUBLIC harness_cmocka harness_static harness_flags PkgConfig::LIBUV
                                             PkgConfig::JANSSON)
add_executable(harness_count EXCLUDE_FROM_ALL)
add_executable(harness_count_planted EXCLUDE_FROM_ALL count/planted.c)
target_link_options(harness_count_planted PRIVATE -Wl,--wrap=harness_write)
foreach(program harness_count harness_count_planted)
  target_link_libraries(${program} PRIVATE count_workloads)
endforeach()
add_custom_target(counted DEPENDS harness_count harness_count_planted)
