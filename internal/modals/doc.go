package modals
