package demo

// defects plant what is wrong with the demo organisation, each with what must be found because of it.
var defects = []func(*organisation) []Defect{}
