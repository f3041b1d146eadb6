package nested.tests

group.test_inside if true

group.test_fails if false
