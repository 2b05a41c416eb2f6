"""What runs on devices, as Ansible finds it; `module_utils/wasl_device` is a Python package too."""
