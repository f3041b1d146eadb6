package network_test

test_nobody_answers if http.send({"method": "get", "url": "http://127.0.0.1:1/"}).status_code == 200

test_nobody_answers_and_it_is_no_error if {
	response := http.send({"method": "get", "url": "http://127.0.0.1:1/", "raise_error": false})
	response.status_code == 0
}

test_no_such_name if net.lookup_ip_addr("no-such-name.invalid")
