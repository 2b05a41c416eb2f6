"""wasl (وصل, "link"): a country described once, made real on four planes, and proved daily."""

import os

# gRPC wakes its poller in every process that is forked, and the poller aborts when descriptors are
# closed on the way to exec (github.com/grpc/grpc/issues/43055): one Ansible in thirty did not begin
# after the engine had run. Nothing here speaks gRPC in a forked process. It is read on import.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
