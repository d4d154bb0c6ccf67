"""The extra `modern`: what reviewers ask for now, on published vision transformers whose weights are given by path.

DINO structure distance, FD-DINOv2, CLIP image similarity, CSD, CMMD and DISTS. The networks' code is that of timm and
open_clip, imported when a network is loaded and not before; the weights are their authors' files.
"""
