# net, rpc, the daemon's settings, and what common has for them.

# A store that stores nothing, on one real thread.
# Nobody is registered. Objects, since rpc refers to them from behind.
add_library(fake_access OBJECT ${CMAKE_SOURCE_DIR}/tests/support/fake_access.c
    ${CMAKE_SOURCE_DIR}/daemon/store/access.c ${CMAKE_SOURCE_DIR}/daemon/service/rights.c)
target_include_directories(fake_access PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(fake_access PRIVATE rpc warnings)
add_library(fake_store STATIC ${CMAKE_SOURCE_DIR}/tests/support/fake_store.c)
target_sources(fake_store INTERFACE $<TARGET_OBJECTS:fake_access>)
target_include_directories(fake_store PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/daemon
    ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(fake_store
    PUBLIC rpc common PkgConfig::UV Threads::Threads PRIVATE warnings)

provost_unit_test(test_base64 common)
provost_unit_test(test_bearer common)
provost_unit_test(test_auth_denials rpc)
provost_unit_test(test_rights service)
provost_unit_test(test_auth_jwt rpc common)
provost_unit_test(test_grpc_frame common)
provost_unit_test(test_gzip common)
provost_unit_test(test_config settings common)
provost_unit_test(test_h2_budget net common)
provost_unit_test(test_h2_scan net common)
provost_unit_test(test_transport net rpc fake_store common proto)
provost_unit_test(test_h2 net rpc fake_store common proto)
provost_unit_test(test_quota rpc common)
provost_unit_test(test_timeout rpc common)
provost_unit_test(test_trace_context rpc common)
provost_unit_test(test_call_log rpc common)
provost_unit_test(test_wire_status rpc common proto)
provost_unit_test(test_reflection rpc common proto)
provost_unit_test(test_dispatch rpc fake_store common proto)
provost_unit_test(test_watch rpc fake_store common proto)

provost_unit_test(test_watch_pace)
target_sources(test_watch_pace PRIVATE ${CMAKE_SOURCE_DIR}/daemon/watch_pace.c)
target_link_libraries(test_watch_pace PRIVATE PkgConfig::UV proto)
