"""The one door to Qt. Every other file of the window imports from here.

Use the modules for widgets (`QtWidgets.QLabel`) and the names below for what is used everywhere.
"""

from PyQt6 import QtCore, QtGui, QtSvg, QtWidgets, sip
from PyQt6.QtCore import QObject, QSize, Qt, QTimer
from PyQt6.QtCore import pyqtSignal as Signal
from PyQt6.QtWidgets import QWidget

import pyqtgraph as pg  # isort: skip  (after PyQt6, so that it takes the same binding)

__all__ = [
    "QObject", "QSize", "QTimer", "QWidget", "Qt", "QtCore", "QtGui", "QtSvg", "QtWidgets", "Signal", "pg", "sip",
]  # fmt: skip
