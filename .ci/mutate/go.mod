module halobot.local/mutate

go 1.26.0
