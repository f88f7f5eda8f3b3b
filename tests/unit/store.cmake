provost_unit_test(test_store store)
provost_unit_test(test_tree store)
provost_unit_test(test_proof store)
