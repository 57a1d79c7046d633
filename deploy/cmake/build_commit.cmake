# Writes the header OUT with the commit of the source in SOURCE, only if it says something new.
# MARQUEE_COMMIT in the environment goes before, for builds from a tree without its history.
set(commit "$ENV{MARQUEE_COMMIT}")
if(NOT commit)
  execute_process(
    COMMAND git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit unknown)
  endif()
endif()
set(text "#pragma once\n#define MARQUEE_COMMIT \"${commit}\"\n")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUT} "${text}")
endif()
