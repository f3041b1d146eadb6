package app_test

import data.app

test_reader_may_read if app.allow with input as {"user": "ann", "method": "get"}

test_reader_may_not_write if not app.allow with input as {"user": "ann", "method": "put"}

# Two rules of one name are two tests.
test_twice if app.allow with input as {"user": "bob", "method": "put"}

test_twice if app.allow with input as {"user": "bob", "method": "get"}

test_that_fails if app.allow with input as {"user": "eve", "method": "get"}

test_that_is_no_boolean := "text"

test_that_conflicts if app.conflict == 1 with input as {"user": "ann", "method": "get"}

test_data_is_what_the_files_say if {
	data.grants.reader == ["get"]
	data.app.roles.users.bob == ["reader", "writer"]
	print("grants:", data.grants)
}

test_clock_and_chance_are_there if {
	time.now_ns() > 0
	rand.intn("x", 10) < 10
	opa.runtime().version != ""
}

todo_test_for_later if false

test_cases[case.note] if {
	some case in [
		{"note": "reader", "user": "ann", "want": true},
		{"note": "stranger", "user": "eve", "want": false},
		{"note": "wrong", "user": "eve", "want": true},
	]
	app.allow == case.want with input as {"user": case.user, "method": "get"}
}

not_a_test if true
