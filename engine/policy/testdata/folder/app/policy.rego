package app

default allow := false

allow if {
	some role in data.app.roles.users[input.user]
	input.method in data.grants[role]
}

conflict := 1 if input.user

conflict := 2 if input.method
