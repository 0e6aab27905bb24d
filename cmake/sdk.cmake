# The SDK as it is installed: libopik.a, libopik.so and include/opik. It depends on libcurl, zlib, zstd and the standard library;
# the files of src/base that it uses are part of it.
#
#   opik::opik_static, opik::opik_shared    the two libraries
#   opik::opik                              the static one, or with BUILD_SHARED_LIBS the shared one
find_package(Threads REQUIRED)
find_package(CURL 7.68 REQUIRED)
find_package(ZLIB REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/zstd.cmake)
include(GNUInstallDirs)

file(GLOB sdk_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/sdk/*.cc)
set(sdk_tests ${sdk_sources})
list(FILTER sdk_sources EXCLUDE REGEX "_test\\.cc$")
list(FILTER sdk_tests INCLUDE REGEX "_test\\.cc$")
file(GLOB sdk_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/opik/*.h)

# One compilation for both libraries: position independent, and nothing seen from outside that include/opik does not mark.
add_library(opik_sdk_objects OBJECT ${sdk_sources} ${PROJECT_SOURCE_DIR}/src/base/clock.cc ${PROJECT_SOURCE_DIR}/src/base/uuid.cc)
set_target_properties(opik_sdk_objects PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
  CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
target_include_directories(opik_sdk_objects PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(opik_sdk_objects PRIVATE OPIK_VERSION="${PROJECT_VERSION}")
target_link_libraries(opik_sdk_objects PRIVATE CURL::libcurl ZLIB::ZLIB opik::zstd Threads::Threads)

add_library(opik_static STATIC $<TARGET_OBJECTS:opik_sdk_objects>)
add_library(opik_shared SHARED $<TARGET_OBJECTS:opik_sdk_objects>)
set_target_properties(opik_static opik_shared PROPERTIES OUTPUT_NAME opik LINKER_LANGUAGE CXX)
set_target_properties(opik_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/opik.map)
# Templates of the standard library are instantiated in the library with default visibility; the map keeps them in.
target_link_options(opik_shared PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/opik.map")
foreach(library opik_static opik_shared)
  target_compile_features(${library} INTERFACE cxx_std_17)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${library} PRIVATE CURL::libcurl ZLIB::ZLIB opik::zstd Threads::Threads)
  add_library(opik::${library} ALIAS ${library})
endforeach()
if(BUILD_SHARED_LIBS)
  add_library(opik::opik ALIAS opik_shared)
else()
  add_library(opik::opik ALIAS opik_static)
endif()

if(OPIK_TESTS AND sdk_tests)
  add_executable(opik_sdk_test ${sdk_tests})
  target_include_directories(opik_sdk_test PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(opik_sdk_test PRIVATE opik::opik_static CURL::libcurl ZLIB::ZLIB opik::zstd GTest::gmock GTest::gtest_main Threads::Threads)
  gtest_discover_tests(opik_sdk_test TEST_PREFIX "sdk/" DISCOVERY_TIMEOUT 60)
endif()

if(OPIK_TESTS)
  add_subdirectory(${PROJECT_SOURCE_DIR}/test/sdk ${CMAKE_CURRENT_BINARY_DIR}/test/sdk)
endif()

if(OPIK_INSTALL)
  include(CMakePackageConfigHelpers)
  install(FILES ${sdk_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/opik COMPONENT opik-dev)
  install(TARGETS opik_static EXPORT opik ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT opik-dev)
  install(TARGETS opik_shared EXPORT opik LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT opik-lib NAMELINK_COMPONENT opik-dev)
  set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/opik)
  install(EXPORT opik NAMESPACE opik:: FILE opik-targets.cmake DESTINATION ${package_folder} COMPONENT opik-dev)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/opik-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/opik-config.cmake
    INSTALL_DESTINATION ${package_folder})
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/opik-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/opik-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/opik-config-version.cmake
    ${PROJECT_SOURCE_DIR}/cmake/zstd.cmake DESTINATION ${package_folder} COMPONENT opik-dev)
  # Relative to the file itself, so that an installed tree can be moved, unless the folders were given as absolute.
  file(RELATIVE_PATH up /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
    set(pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
    set(pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  endif()
  foreach(name opik opik-static)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  endforeach()
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/opik.pc ${CMAKE_CURRENT_BINARY_DIR}/opik-static.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT opik-dev)
endif()
