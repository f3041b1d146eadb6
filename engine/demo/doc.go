// Package demo makes the demo organisation: a configuration snapshot, two months of its audit log and the list of what is
// wrong with it, all from a seed.
//
// The organisation is built clean, record by record, with the story of what people did to it: keys rotated, users joining
// and leaving, incidents. Defects are then planted, each by a function that also says which checks must find it. Traffic of
// the gateways fills the log up to the number of events asked for; no defect lies in it, so that the findings stay the same
// however long the log is. The log is made while it is read, so that its length costs no memory.
package demo
