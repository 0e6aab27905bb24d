# opik_room(<folder below src> [LINK <target>...]): one library per room, from its .cc files, and one test program per room
# from the x_test.cc files beside them. `store/sqlite` becomes opik_store_sqlite and opik_store_sqlite_test.
function(opik_room folder)
  cmake_parse_arguments(ROOM "" "" "LINK" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(target opik_${name})

  file(GLOB sources CONFIGURE_DEPENDS src/${folder}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_include_directories(${target} SYSTEM PUBLIC ${BOOST_1_81_INCLUDE})
    target_link_libraries(${target} PUBLIC ${ROOM_LINK})
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${ROOM_LINK})
  endif()

  if(OPIK_TESTS AND tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${target}_test TEST_PREFIX "${folder}/" DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
