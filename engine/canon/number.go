package canon

import (
	"errors"
	"math"
	"strconv"
)

var errNumber = errors.New("no JSON number")

// number returns the canonical form of the JSON number at the beginning of s, and how many bytes that number has.
//
// An integer literal keeps its digits. Anything else is printed as ECMAScript prints the nearest double: RFC 8785 §3.2.2.3.
func number(s string) (text string, length int, err error) {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	first := i
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i == first || (s[first] == '0' && i-first > 1) {
		return "", i, errNumber
	}
	intEnd, plain := i, true
	if i < len(s) && s[i] == '.' {
		i++
		for i < len(s) && s[i]-'0' <= 9 {
			i++
		}
		if i == intEnd+1 {
			return "", i, errNumber
		}
	}
	fractionEnd := i
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		plain = false
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		digits := i
		for i < len(s) && s[i]-'0' <= 9 {
			i++
		}
		if i == digits {
			return "", i, errNumber
		}
	}
	literal := s[:i]
	switch {
	case plain && fractionEnd == intEnd && literal == "-0":
		return "0", i, nil
	case plain && fractionEnd == intEnd && intEnd-first <= maxDigits:
		return literal, i, nil
	case plain && shortest(literal, first, intEnd):
		return literal, i, nil
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return "", i, errors.New("the number is too large for an IEEE 754 double")
	}
	if plain && fractionEnd == intEnd {
		return literal, i, nil
	}
	return formatFloat(f), i, nil
}

// maxDigits is how many digits an integer may have without a look whether a double can hold it: the largest has 309.
const maxDigits = 308

// shortest says whether a literal with a fraction and without an exponent is certainly canonical. A decimal number of at most 15
// significant digits is the only one of at most that many that its nearest double stands for, so that it is what ECMAScript prints, where
// it does not end in 0 and is large enough (10^-6) to be printed without an exponent.
func shortest(literal string, first, intEnd int) bool {
	if intEnd == len(literal) || literal[len(literal)-1] == '0' || len(literal)-first > 16 {
		return false
	}
	if literal[first] != '0' {
		return true
	}
	for _, c := range []byte(literal[intEnd+1 : min(len(literal), intEnd+7)]) {
		if c != '0' {
			return true
		}
	}
	return false
}

// formatFloat prints a finite double as ECMAScript's Number.prototype.toString does.
func formatFloat(f float64) string {
	if f == 0 {
		return "0"
	}
	var buffer [32]byte
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return string(strconv.AppendFloat(buffer[:0], f, 'f', -1, 64))
	}
	out := strconv.AppendFloat(buffer[:0], f, 'e', -1, 64)
	if n := len(out); n >= 4 && out[n-4] == 'e' && out[n-2] == '0' { // e-07 is e-7
		out[n-2] = out[n-1]
		out = out[:n-1]
	}
	return string(out)
}
