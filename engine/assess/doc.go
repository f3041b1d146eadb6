// Package assess is the one composition of kt: inputs, policies and a clock go in, a posture comes out.
package assess
