"""Erasing disks so that it can be shown: a certificate a disk, or a failure with its next step.

Methods are those of NIST SP 800-88 Rev. 2, techniques those of IEEE 2883. The lower method is
claimed wherever the standards leave room: ATA SECURITY ERASE and NVMe Format count as Clear here,
only SANITIZE as Purge, and flash that was overwritten is never Purge.
"""
