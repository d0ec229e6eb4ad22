# Helpers shared by every folder: one target per folder, the same warnings everywhere.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_library(opcprobe_options INTERFACE)
target_include_directories(opcprobe_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(opcprobe_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wundef
  -fno-strict-aliasing)
target_compile_definitions(opcprobe_options INTERFACE OPCPROBE_VERSION="${PROJECT_VERSION}")
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Windows")
  target_compile_definitions(opcprobe_options INTERFACE _GNU_SOURCE)
else()
  # The formats of C99 (%zu, %lld) instead of those of Windows' old C library.
  target_compile_definitions(opcprobe_options INTERFACE __USE_MINGW_ANSI_STDIO=1)
endif()
if(OPCPROBE_WERROR)
  target_compile_options(opcprobe_options INTERFACE -Werror)
endif()
if(OPCPROBE_SANITIZE)
  target_compile_options(opcprobe_options INTERFACE -fsanitize=${OPCPROBE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(opcprobe_options INTERFACE -fsanitize=${OPCPROBE_SANITIZE})
endif()
if(OPCPROBE_COVERAGE)
  target_compile_options(opcprobe_options INTERFACE --coverage)
  target_link_options(opcprobe_options INTERFACE --coverage)
endif()

# opcprobe_library(NAME SOURCES a.c b.c LIBRARIES x y): a static library of one folder.
function(opcprobe_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC opcprobe_options ${arg_LIBRARIES})
endfunction()

# opcprobe_program(NAME SOURCES a.c LIBRARIES x y)
function(opcprobe_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE opcprobe_options ${arg_LIBRARIES})
endfunction()

# opcprobe_test(NAME SOURCES a.c LIBRARIES x [TIMEOUT seconds] [LABELS l]): a libcheck executable run by ctest.
# It ends with 0 (passed), 77 (skipped: its output says why) or anything else (failed). Cases that need public captures
# run where OPCPROBE_CAPTURES names a folder of them.
function(opcprobe_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS;ENVIRONMENT")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(OPCPROBE_CAPTURES)
    list(APPEND arg_ENVIRONMENT "OPCPROBE_CAPTURES=${OPCPROBE_CAPTURES}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE opcprobe_options ${arg_LIBRARIES} PkgConfig::CHECK)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "OPCPROBE_SOURCE=${CMAKE_SOURCE_DIR};OPCPROBE_BIN=${CMAKE_BINARY_DIR}/bin;${arg_ENVIRONMENT}")
  if(arg_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}")
  endif()
endfunction()

# opcprobe_script_test(NAME COMMAND ... [TIMEOUT s]): a test that is a program of its own (Python, shell).
function(opcprobe_script_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "COMMAND;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 180)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "OPCPROBE_SOURCE=${CMAKE_SOURCE_DIR};OPCPROBE_BIN=${CMAKE_BINARY_DIR}/bin")
  if(arg_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}")
  endif()
endfunction()

# opcprobe_fuzzer(NAME SOURCES a.c LIBRARIES x CORPUS folder): a libFuzzer target; its corpus is tests/fuzz/corpus/NAME.
function(opcprobe_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  if(NOT OPCPROBE_FUZZERS)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE opcprobe_options ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${name})
endfunction()
