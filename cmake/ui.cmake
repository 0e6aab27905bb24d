# opik_ui(<target>): the web UI in web/, built and put into the program. Built anew only when something in web/ has changed;
# the node packages only when their lock file has. Without OPIK_UI the program carries none, and node is not needed.
function(opik_ui target)
  set(out ${PROJECT_BINARY_DIR}/ui)
  if(NOT OPIK_UI)
    file(WRITE ${out}/no_ui.cc.in
         "#include \"opikd/ui.h\"\n\nstd::vector<opik::http::StaticFile> opik::opikd::carried_ui() { return {}; }\n")
    configure_file(${out}/no_ui.cc.in ${out}/no_ui.cc COPYONLY)
    target_sources(${target} PRIVATE ${out}/no_ui.cc)
    return()
  endif()

  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "building the web UI: found no npm; run scripts/setup.sh build, or configure with -DOPIK_UI=OFF")
  endif()
  set(web ${PROJECT_SOURCE_DIR}/web)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  list(FILTER sources EXCLUDE REGEX "\\.test\\.tsx?$")
  add_custom_command(
    OUTPUT ${out}/packages.stamp
    COMMAND ${PROJECT_SOURCE_DIR}/scripts/web_packages.sh
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/packages.stamp
    DEPENDS ${web}/package-lock.json ${PROJECT_SOURCE_DIR}/scripts/web_packages.sh
    COMMENT "Packages of the web UI")
  add_custom_command(
    OUTPUT ${out}/ui_files.cc ${out}/ui.blob
    COMMAND ${CMAKE_COMMAND} -E chdir ${web} npx --no-install tsc --noEmit
    COMMAND ${CMAKE_COMMAND} -E chdir ${web} npx --no-install vite build --logLevel warn --outDir ${out}/dist
    COMMAND node ${web}/scripts/embed.mjs ${out}/dist ${out}
    DEPENDS ${out}/packages.stamp ${sources} ${web}/index.html ${web}/vite.config.ts ${web}/tsconfig.json ${web}/scripts/embed.mjs
    COMMENT "Web UI")
  set_source_files_properties(${out}/ui_files.cc PROPERTIES OBJECT_DEPENDS ${out}/ui.blob)
  target_sources(${target} PRIVATE ${out}/ui_files.cc)
endfunction()
