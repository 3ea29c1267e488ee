import AsyncHTTPClient
import Coffer
import NIOCore
