// Package halospec judges what is sent to a Halo: every body of a request has to be one that
// openapi.json allows. It is a second opinion beside package localhalo, written from Halo's own
// document and from what live callers send, so that a mistake in the stand-in does not pass for
// Halo's rule. Only tests use it.
package halospec
