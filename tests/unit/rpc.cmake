# net, rpc, the daemon's settings, and what common has for them.

# A store that stores nothing, on one real thread.
add_library(fake_store STATIC ${CMAKE_SOURCE_DIR}/tests/support/fake_store.c)
target_include_directories(fake_store PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/daemon)
target_link_libraries(fake_store
    PUBLIC common PkgConfig::UV Threads::Threads PRIVATE warnings)

# config belongs to the daemon's executable; the test compiles it once more.
add_library(daemon_config STATIC ${CMAKE_SOURCE_DIR}/daemon/config.c)
target_include_directories(daemon_config PUBLIC ${CMAKE_SOURCE_DIR}/daemon)
target_link_libraries(daemon_config PUBLIC common PkgConfig::INIH PRIVATE warnings)

provost_unit_test(test_base64 common)
provost_unit_test(test_grpc_frame common)
provost_unit_test(test_config daemon_config common)
provost_unit_test(test_timeout rpc common)
provost_unit_test(test_wire_status rpc common proto)
provost_unit_test(test_reflection rpc common proto)
provost_unit_test(test_dispatch rpc fake_store common proto)
provost_unit_test(test_watch rpc fake_store common proto)

# grpc.testing.TestService on net and rpc, for stock clients and for frames written by hand.
set(TESTING_PB ${CMAKE_CURRENT_BINARY_DIR}/pb)
file(MAKE_DIRECTORY ${TESTING_PB})
foreach(name test messages empty)
    add_custom_command(OUTPUT ${TESTING_PB}/grpc/testing/${name}.pb-c.c
        COMMAND protoc-c -I${GRPC_PROTO_DIR} --c_out=${TESTING_PB} grpc/testing/${name}.proto
        VERBATIM)
    list(APPEND TESTING_SOURCES ${TESTING_PB}/grpc/testing/${name}.pb-c.c)
endforeach()
add_library(testing_proto STATIC ${TESTING_SOURCES})
target_include_directories(testing_proto SYSTEM PUBLIC ${TESTING_PB})
target_compile_options(testing_proto PRIVATE -w)
target_link_libraries(testing_proto PUBLIC PkgConfig::PROTOBUF_C)

add_executable(echo_server ${CMAKE_SOURCE_DIR}/tests/interop/echo_server.c)
target_link_libraries(echo_server PRIVATE
    net rpc fake_store common testing_proto proto warnings)
foreach(client grpcio raw)
    add_test(NAME wire_${client} COMMAND /usr/bin/python3
        ${CMAKE_SOURCE_DIR}/tests/interop/wire_${client}.py $<TARGET_FILE:echo_server>)
    set_tests_properties(wire_${client} PROPERTIES TIMEOUT 180 LABELS "interop;tsan")
endforeach()
