# Contenders in other languages, each where its tools are found: Boost.Asio, Go, Rust. Python's and Node's are run as
# they are. What is skipped says so here, and again where ci/bench would run it.
include(CheckLanguage)
check_language(CXX)
find_path(BOOST_ASIO_FOLDER boost/asio/awaitable.hpp)
if(CMAKE_CXX_COMPILER AND BOOST_ASIO_FOLDER)
  enable_language(CXX)
  add_executable(asio_contender peers/asio_peer.cpp)
  set_target_properties(asio_contender PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
                                               EXPORT_COMPILE_COMMANDS OFF)
  target_link_libraries(asio_contender PRIVATE Threads::Threads)
else()
  message(STATUS "Boost.Asio or a C++ compiler not found: that contender is skipped")
endif()

# Debian's own: another Go or Rust on the path would not be what a reader of the figures has.
find_program(GO_PROGRAM go PATHS /usr/bin NO_DEFAULT_PATH)
if(GO_PROGRAM)
  add_custom_command(
    OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/go_contender"
    COMMAND ${CMAKE_COMMAND} -E env GO111MODULE=off GOFLAGS= "GOCACHE=${CMAKE_CURRENT_BINARY_DIR}/go" ${GO_PROGRAM} build
            -o "${CMAKE_CURRENT_BINARY_DIR}/go_contender" "${CMAKE_CURRENT_SOURCE_DIR}/peers/go_peer.go"
    DEPENDS peers/go_peer.go
    VERBATIM)
  add_custom_target(go_contender DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/go_contender")
else()
  message(STATUS "Go not found: that contender is skipped")
endif()

find_program(CARGO_PROGRAM cargo PATHS /usr/bin NO_DEFAULT_PATH)
if(CARGO_PROGRAM AND EXISTS /usr/share/cargo/registry)
  add_custom_command(
    OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/tokio_contender"
    COMMAND ${CMAKE_COMMAND} -E env "CARGO_TARGET_DIR=${CMAKE_CURRENT_BINARY_DIR}/tokio" RUSTC=/usr/bin/rustc
            ${CARGO_PROGRAM} build --release --offline --quiet
    COMMAND ${CMAKE_COMMAND} -E copy "${CMAKE_CURRENT_BINARY_DIR}/tokio/release/tokio_peer"
            "${CMAKE_CURRENT_BINARY_DIR}/tokio_contender"
    DEPENDS peers/tokio_peer/src/main.rs peers/tokio_peer/Cargo.toml peers/tokio_peer/Cargo.lock
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/peers/tokio_peer"
    VERBATIM)
  add_custom_target(tokio_contender DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/tokio_contender")
else()
  message(STATUS "Rust or its tokio crate not found: that contender is skipped")
endif()

# They take a minute to build, and nobody but ci/bench runs them.
add_custom_target(contenders)
foreach(contender IN LISTS contenders ITEMS asio_contender go_contender tokio_contender)
  if(TARGET ${contender})
    add_dependencies(contenders ${contender})
    set_target_properties(${contender} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endforeach()
