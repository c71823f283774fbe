module halobot/mutate

go 1.26
