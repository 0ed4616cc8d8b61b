// Boost.JSON compiled in: the client then needs no shared library of Boost where it is installed.
#include <boost/json/src.hpp>
