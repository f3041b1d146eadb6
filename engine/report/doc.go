// Package report writes what kt has found, one file a format: a posture for a terminal or as JSON, a framework's scoping
// document as Markdown, CSV or JSON.
//
// Every format is a pure function of its value: nothing here evaluates, counts anew or reads a clock. Text that came from a user's
// data is stripped of control characters before it reaches a terminal, of formulas before it reaches a spreadsheet, and of markup
// before it reaches Markdown.
package report
