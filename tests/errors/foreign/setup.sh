#!/bin/bash
pip install llamafactory
mkdir -p data
