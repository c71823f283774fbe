// Package text makes what strangers write safe to keep, to show and to compare. It is the
// only place that knows how, so that no two parts of the bot can disagree on whether two
// names look the same.
//
// What is written comes from mails, from paste buffers and from phones. This is done to it:
//
//	                                     kept and shown ([Line], [Lines])   compared ([Key])
//	letters, digits, signs, private use  as typed                           as typed
//	capital and small letters            as typed                           folded
//	composed and decomposed letters      as typed                           folded
//	full-width and half-width forms      as typed                           folded
//	' ’ ‘ ‛ ʼ ` ´ ′ ‹ › and their kin    as typed                           one apostrophe
//	" “ ” „ « » ″ 「 」 and their kin      as typed                           one quotation mark
//	- ‐ ‑ – — − and their kin            as typed                           one hyphen
//	…                                    as typed                           three dots
//	ZWJ, ZWNJ after a character          as typed                           dropped
//	variation selectors after a symbol,  as typed                           dropped
//	    a Han or a Mongolian character
//	kinds of space, runs of them         one space in a Line                one space
//	line breaks of all kinds             \n in Lines, a space in a Line     a space
//	tabs                                 \t in Lines, a space in a Line     a space
//	white space around the whole         kept in Lines, else dropped        dropped
//	other characters that show nothing   dropped                            dropped
//	controls                             dropped                            dropped
//	bytes that are not UTF-8             U+FFFD                             U+FFFD
//
// The joiners are kept because Persian names and emoji are written with them, the selectors
// because emoji and Japanese names are. Which characters show nothing is Unicode's word, not
// a list of ours: see [Invisible]. Two characters that Unicode calls visible are handled as
// what people see: U+2800, a Braille cell without dots, is a space, and U+FFFC, the place of
// a lost picture, is dropped.
//
// Always: Key(Line(s)) is Key(s), so what is shown alike is compared alike; Key(s) is empty
// exactly when Line(s) is; each function leaves its own results alone; every result is valid
// UTF-8. Lengths are counted in characters (Unicode code points), never in bytes.
package text
