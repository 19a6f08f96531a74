"""The benchmarks behind `./dojo bench`: ours beside stock Rasa, in the same run on the same machine."""
