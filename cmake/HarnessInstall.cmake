# What an installation holds: headers, the libraries, the command with its manual and completion, the fixtures of
# its demo, a CMake package and pkg-config files.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/harness")

set_target_properties(harness_shared PROPERTIES EXPORT_NAME harness)
set(libraries harness_shared harness_static)
if(TARGET harness_cmocka)
  set_target_properties(harness_cmocka PROPERTIES EXPORT_NAME cmocka)
  list(APPEND libraries harness_cmocka)
endif()
if(TARGET harness_echo)
  set_target_properties(harness_echo PROPERTIES EXPORT_NAME echo)
  list(APPEND libraries harness_echo)
endif()
install(TARGETS ${libraries} EXPORT harness-targets)
install(EXPORT harness-targets NAMESPACE harness:: DESTINATION "${package_dir}")

foreach(header IN LISTS harness_public_headers)
  install(FILES "${PROJECT_SOURCE_DIR}/harness/include/harness/${header}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/harness")
endforeach()
if(TARGET harness_cmocka)
  foreach(header IN LISTS harness_adapter_headers)
    install(FILES "${PROJECT_SOURCE_DIR}/harness/include/harness/${header}"
            DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/harness")
  endforeach()
endif()
if(TARGET harness_echo)
  foreach(header IN LISTS harness_echo_headers)
    install(FILES "${PROJECT_SOURCE_DIR}/echo/include/harness/${header}"
            DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/harness")
  endforeach()
endif()
if(TARGET harness_cli)
  install(TARGETS harness_cli)
  install(FILES "${PROJECT_SOURCE_DIR}/harness/cli/completion.bash"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME harness)
  install(FILES "${PROJECT_SOURCE_DIR}/docs/man/harness.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${PROJECT_SOURCE_DIR}/docs/man/harness-fixture.5" DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")
endif()
install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/fixtures/"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/harness/fixtures"
  FILES_MATCHING
  PATTERN "*.json"
  PATTERN "*.new.json" EXCLUDE
  PATTERN "invalid" EXCLUDE)

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/harness-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/harness-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/harness-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/harness-config.cmake" "${PROJECT_BINARY_DIR}/harness-config-version.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/HarnessDiscoverTests.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/HarnessListTests.cmake"
  DESTINATION "${package_dir}")

# The prefix is said relative to the file's own place, so that the installation can be moved.
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH pkgconfig_up "/prefix/${pkgconfig_dir}" "/prefix")
set(pkgconfig_files harness harness-static)
if(TARGET harness_cmocka)
  list(APPEND pkgconfig_files harness-cmocka)
endif()
if(TARGET harness_echo)
  list(APPEND pkgconfig_files harness-echo)
endif()
foreach(name IN LISTS pkgconfig_files)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${pkgconfig_dir}")
endforeach()
