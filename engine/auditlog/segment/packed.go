package segment

import (
	"encoding/binary"
	"fmt"
)

// The Parquet library's decoders trust the counts that a file gives; these know how many values there must be.

// hybrid decodes numbers of a width in bits, as runs and packed groups of eight, until dst is full and src is empty.
func hybrid(dst []int32, src []byte, width uint) error {
	if width > 32 {
		return fmt.Errorf("codes of %d bits", width)
	}
	for len(dst) > 0 {
		header, n := binary.Uvarint(src)
		if n <= 0 || header>>1 == 0 {
			return fmt.Errorf("%d codes are missing", len(dst))
		}
		src = src[n:]
		if header&1 == 0 {
			size := int(width+7) / 8
			if header>>1 > uint64(len(dst)) || size > len(src) {
				return fmt.Errorf("a run of %d codes, expected at most %d", header>>1, len(dst))
			}
			fill(dst[:header>>1], src[:size])
			dst, src = dst[header>>1:], src[size:]
			continue
		}
		groups := header >> 1
		if groups > uint64(len(dst)+7)/8 || groups*uint64(width) > uint64(len(src)) {
			return fmt.Errorf("%d packed groups of codes, expected at most %d codes", groups, len(dst))
		}
		size := int(groups) * int(width)
		count := min(int(groups)*8, len(dst))
		unpack(dst[:count], src[:size], width)
		dst, src = dst[count:], src[size:]
	}
	if len(src) > 0 {
		return fmt.Errorf("%d bytes after the last code", len(src))
	}
	return nil
}

func fill(dst []int32, little []byte) {
	var bytes [4]byte
	copy(bytes[:], little)
	code := int32(binary.LittleEndian.Uint32(bytes[:]))
	for i := range dst {
		dst[i] = code
	}
}

// unpack reads numbers of up to 32 bits, the lowest bit first. src has them all.
func unpack(dst []int32, src []byte, width uint) {
	mask := uint64(1)<<width - 1
	at := uint(0)
	i := 0
	for ; i < len(dst) && at/8+8 <= uint(len(src)); i++ {
		dst[i] = int32(binary.LittleEndian.Uint64(src[at/8:]) >> (at % 8) & mask)
		at += width
	}
	for ; i < len(dst); i++ {
		var last [8]byte
		copy(last[:], src[min(at/8, uint(len(src))):])
		dst[i] = int32(binary.LittleEndian.Uint64(last[:]) >> (at % 8) & mask)
		at += width
	}
}

// The form of packed differences that is written here, and the only one that is read.
const (
	deltaBlock = 128
	deltaMini  = deltaBlock / 4
)

// differences decodes numbers that are stored as packed differences, until dst is full, and gives what comes after them.
func differences(dst []int64, src []byte) ([]byte, error) {
	var header [3]uint64
	for i := range header {
		var n int
		if header[i], n = binary.Uvarint(src); n <= 0 {
			return nil, fmt.Errorf("a header of numbers that is cut off")
		}
		src = src[n:]
	}
	last, n := binary.Varint(src)
	if n <= 0 || header != [3]uint64{deltaBlock, deltaBlock / deltaMini, uint64(len(dst))} {
		return nil, fmt.Errorf("a header of numbers %d, expected %d numbers", header, len(dst))
	}
	src = src[n:]
	if len(dst) == 0 {
		return src, nil
	}
	dst[0] = last
	for dst = dst[1:]; len(dst) > 0; {
		least, n := binary.Varint(src)
		if n <= 0 || len(src) < n+deltaBlock/deltaMini {
			return nil, fmt.Errorf("%d numbers are missing", len(dst))
		}
		widths := src[n : n+deltaBlock/deltaMini]
		src = src[n+len(widths):]
		for _, width := range widths {
			// Of what is beyond the last number nothing but its width is stored, and that is 0.
			size := deltaMini / 8 * int(width)
			if width > 64 || size > len(src) {
				return nil, fmt.Errorf("%d numbers are missing", len(dst))
			}
			count := min(deltaMini, len(dst))
			last = unpackDifferences(dst[:count], src[:size], uint(width), least, last)
			dst, src = dst[count:], src[size:]
		}
	}
	return src, nil
}

// unpackDifferences adds numbers of up to 64 bits, the lowest bit first, and the least difference, one upon the other.
func unpackDifferences(dst []int64, src []byte, width uint, least, last int64) int64 {
	if width == 0 {
		for i := range dst {
			last += least
			dst[i] = last
		}
		return last
	}
	mask := ^uint64(0) >> (64 - width)
	for i := range dst {
		at := uint(i) * width
		var low, high uint64
		if rest := src[at/8:]; len(rest) >= 9 {
			low, high = binary.LittleEndian.Uint64(rest), uint64(rest[8])
		} else {
			var bytes [9]byte
			copy(bytes[:], rest)
			low, high = binary.LittleEndian.Uint64(bytes[:]), uint64(bytes[8])
		}
		n := low >> (at % 8)
		if at%8 > 0 {
			n |= high << (64 - at%8)
		}
		last += least + int64(n&mask)
		dst[i] = last
	}
	return last
}
