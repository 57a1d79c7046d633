# marquee_library(name SOURCES... DEPS...)   a part under libs/ (or a service's own logic)
# marquee_program(name SOURCES... DEPS...)   something `deploy/marquee up` runs
# marquee_test(name SOURCES... DEPS... [LABELS...] [SERIAL])  a Catch2 binary, registered with CTest
# marquee_benchmark(name SOURCES... DEPS...) built with `all`, run by hand
# marquee_fuzz(name SOURCES... DEPS... CORPUS dir)  a libFuzzer target, and a plain run of its corpus
# marquee_migrations(target DIR [EVENTS])    embeds DIR/*.sql as marquee::migrations(), and the tables of libs/events
# marquee_embed(target FILE symbol)          embeds one file as std::string_view marquee::embedded::symbol()

add_library(marquee_pch STATIC ${CMAKE_SOURCE_DIR}/deploy/cmake/pch.cpp)
target_link_libraries(marquee_pch PUBLIC protobuf::libprotobuf spdlog::spdlog Threads::Threads)
target_precompile_headers(marquee_pch PRIVATE ${CMAKE_SOURCE_DIR}/deploy/cmake/pch.h)

function(marquee_setup target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf spdlog::spdlog Threads::Threads)
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${target} REUSE_FROM marquee_pch)
  endif()
endfunction()

function(marquee_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  marquee_setup(${name})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

function(marquee_program name)
  cmake_parse_arguments(ARG "NO_PCH" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  marquee_setup(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  set_property(GLOBAL APPEND PROPERTY MARQUEE_PROGRAMS ${name})
endfunction()

function(marquee_test name)
  cmake_parse_arguments(ARG "NO_PCH;SERIAL" "" "SOURCES;DEPS;LABELS" ${ARGN})
  if(MARQUEE_FUZZ OR NOT Catch2_FOUND)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  marquee_setup(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} marquee_catch)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900
    ENVIRONMENT "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
  if(ARG_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

function(marquee_benchmark name)
  cmake_parse_arguments(ARG "NO_PCH" "" "SOURCES;DEPS" ${ARGN})
  if(MARQUEE_FUZZ)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  marquee_setup(${name})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# One source defines LLVMFuzzerTestOneInput. In a MARQUEE_FUZZ build it becomes a fuzzer; elsewhere a
# test that runs the corpus through it, so that every past finding stays found.
function(marquee_fuzz name)
  cmake_parse_arguments(ARG "NO_PCH" "CORPUS" "SOURCES;DEPS" ${ARGN})
  if(MARQUEE_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    marquee_setup(${name})
    target_link_libraries(${name} PRIVATE ${ARG_DEPS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND PROPERTY MARQUEE_FUZZERS ${name})
  elseif(Catch2_FOUND)
    add_executable(${name}_corpus ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/run_corpus.cpp)
    marquee_setup(${name}_corpus)
    target_link_libraries(${name}_corpus PRIVATE ${ARG_DEPS})
    add_test(NAME ${name}_corpus COMMAND ${name}_corpus ${ARG_CORPUS})
    set_tests_properties(${name}_corpus PROPERTIES LABELS "fuzz;unit" TIMEOUT 120)
  endif()
endfunction()

function(marquee_embed target file symbol)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.h)
  file(CONFIGURE OUTPUT ${source} CONTENT "
    .section .rodata
    .global marquee_@symbol@_begin
    .global marquee_@symbol@_end
    .balign 16
marquee_@symbol@_begin:
    .incbin \"@file@\"
marquee_@symbol@_end:
    .byte 0
    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
  file(CONFIGURE OUTPUT ${header} CONTENT "#pragma once
#include <string_view>
extern \"C\" const char marquee_@symbol@_begin[];
extern \"C\" const char marquee_@symbol@_end[];
namespace marquee::embedded {
inline std::string_view @symbol@() {
  return {marquee_@symbol@_begin, static_cast<std::size_t>(marquee_@symbol@_end - marquee_@symbol@_begin)};
}
}  // namespace marquee::embedded
" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file} LANGUAGE C COMPILE_OPTIONS "-xassembler-with-cpp;-Wno-pedantic")
  add_library(${target} STATIC ${source})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C C_COMPILER_LAUNCHER "")
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()

function(marquee_migrations target dir)
  cmake_parse_arguments(ARG "EVENTS" "" "" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS ${dir}/*.sql)
  list(SORT files)
  if(ARG_EVENTS)
    file(GLOB shared CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/libs/events/migrations/*.sql)
    list(SORT shared)
    # First: a service's own may use them.
    list(PREPEND files ${shared})
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${files}" -P ${CMAKE_SOURCE_DIR}/deploy/cmake/embed_migrations.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/deploy/cmake/embed_migrations.cmake
    VERBATIM)
  add_library(${target} STATIC ${out})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()

if(Catch2_FOUND)
  add_library(marquee_catch STATIC ${CMAKE_SOURCE_DIR}/tests/catch_main.cpp)
  target_include_directories(marquee_catch PUBLIC ${CMAKE_SOURCE_DIR})
  if(Catch2_VERSION VERSION_LESS 3)
    target_compile_definitions(marquee_catch PUBLIC MARQUEE_CATCH2_V2)
    target_link_libraries(marquee_catch PUBLIC Catch2::Catch2)
  else()
    target_link_libraries(marquee_catch PUBLIC Catch2::Catch2WithMain)
  endif()
endif()
