# opcprobe_embed(TARGET FILE SYMBOL): compiles a text file into TARGET as `const char SYMBOL[]` with a zero at its end.
# As a script (cmake -DINPUT=.. -DOUTPUT=.. -DSYMBOL=.. -P embed.cmake) it writes that one C file. Bytes instead of a
# string literal, because C11 promises only 4,095 characters of those.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REPEAT "0x..," 16 row)
  string(REGEX REPLACE "(${row})" "\\1\n    " bytes "${bytes}")
  file(WRITE ${OUTPUT} "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {\n    ${bytes}0\n};\n")
  return()
endif()

set(OPCPROBE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(opcprobe_embed target input symbol)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  get_filename_component(input ${input} ABSOLUTE)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${OPCPROBE_EMBED_SCRIPT}
    DEPENDS ${input} ${OPCPROBE_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
