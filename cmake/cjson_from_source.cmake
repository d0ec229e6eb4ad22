# cJSON for a system that Debian has no package for: built from the sources of Debian's own package, which are fetched
# once into build/cjson-source, outside the folders of the presets. Gives the target cjson_from_source.
set(OPCPROBE_CJSON_SOURCE ${CMAKE_SOURCE_DIR}/build/cjson-source CACHE PATH "Folder that holds cjson/cJSON.c and .h")

execute_process(COMMAND ${CMAKE_SOURCE_DIR}/cmake/fetch_cjson_source.sh ${OPCPROBE_CJSON_SOURCE}
  RESULT_VARIABLE result ERROR_VARIABLE complaint ERROR_STRIP_TRAILING_WHITESPACE)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${complaint}")
endif()

add_library(cjson_from_source STATIC ${OPCPROBE_CJSON_SOURCE}/cjson/cJSON.c)
target_include_directories(cjson_from_source SYSTEM PUBLIC ${OPCPROBE_CJSON_SOURCE})
# Neither exported from nor imported by a DLL: it is linked into each program.
target_compile_definitions(cjson_from_source PUBLIC CJSON_HIDE_SYMBOLS)
