"""The benchmarks behind `./dojo bench`: ours beside stock Rasa, measured in the same run on the same machine."""
