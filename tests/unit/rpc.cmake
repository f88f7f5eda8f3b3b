# net, rpc, the daemon's settings, and what common has for them.

# A store that stores nothing, on one real thread.
add_library(fake_store STATIC ${CMAKE_SOURCE_DIR}/tests/support/fake_store.c)
target_include_directories(fake_store PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/daemon)
target_link_libraries(fake_store
    PUBLIC common PkgConfig::UV Threads::Threads PRIVATE warnings)

provost_unit_test(test_base64 common)
provost_unit_test(test_grpc_frame common)
provost_unit_test(test_gzip common)
provost_unit_test(test_config settings common)
provost_unit_test(test_h2_budget net common)
provost_unit_test(test_h2 net rpc fake_store common proto)
provost_unit_test(test_quota rpc common)
provost_unit_test(test_timeout rpc common)
provost_unit_test(test_trace_context rpc common)
provost_unit_test(test_call_log rpc common)
provost_unit_test(test_wire_status rpc common proto)
provost_unit_test(test_reflection rpc common proto)
provost_unit_test(test_dispatch rpc fake_store common proto)
provost_unit_test(test_watch rpc fake_store common proto)
