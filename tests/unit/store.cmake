provost_unit_test(test_store store)
provost_unit_test(test_batch store)
provost_unit_test(test_log_tree store)
provost_unit_test(test_proof store)
