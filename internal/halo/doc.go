package halo
