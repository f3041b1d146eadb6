// Package posture turns the results of checks into the posture: controls rolled up, waivers applied, everything counted.
//
// The posture is the one canonical result; every report is a pure function of it.
package posture
