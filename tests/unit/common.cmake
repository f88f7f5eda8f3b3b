foreach(module arena buf csv diff field_text fields json mask metrics names pack sha256 status time_text wire)
    provost_unit_test(test_${module} common)
endforeach()
provost_unit_test(test_note common)
