"""What is left to do until the first night has been: a part of Home that then goes away for good."""
