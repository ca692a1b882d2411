# find_package(cutmix): the target cutmix::cutmix, header and library.
# CUTMIX_TARGET says for which processor, by Rust's name of it; the folders of lib/ are those that there are.
if(NOT TARGET cutmix::cutmix)
  if(NOT CUTMIX_TARGET AND NOT CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(CUTMIX_TARGET x86_64-unknown-linux-gnu)
  endif()
  set(cutmix_library "${CMAKE_CURRENT_LIST_DIR}/lib/${CUTMIX_TARGET}/libcutmix.a")
  if(NOT CUTMIX_TARGET OR NOT EXISTS "${cutmix_library}")
    file(GLOB cutmix_targets RELATIVE "${CMAKE_CURRENT_LIST_DIR}/lib" "${CMAKE_CURRENT_LIST_DIR}/lib/*")
    message(FATAL_ERROR "cutmix: there is no library for CUTMIX_TARGET='${CUTMIX_TARGET}'; set it to one of: ${cutmix_targets}")
  endif()
  add_library(cutmix::cutmix STATIC IMPORTED GLOBAL)
  set_target_properties(cutmix::cutmix PROPERTIES
    IMPORTED_LOCATION "${cutmix_library}"
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}/include")
endif()
