{
  # The product: build/Release/sysvmq.node. CMakeLists.txt builds the same sources with the same flags; change both.
  #
  # The package has this file in native/, and not beside package.json, where npm, pnpm and yarn would take it for an order
  # to compile. "native" is the way to that folder from either place.
  "variables": {
    "native": "<!(node -p \"require('fs').existsSync('native/sources.txt') ? 'native' : '.'\")"
  },
  "targets": [
    {
      "target_name": "sysvmq",
      "sources": ["<!@(node -p \"require('fs').readFileSync('<(native)/sources.txt','utf8').trim().replaceAll('native/','<(native)/')\")"],
      "include_dirs": ["<!(node <(native)/node-addon-api.js)"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "_GNU_SOURCE", "_FILE_OFFSET_BITS=64"],
      "cflags!": ["-fno-omit-frame-pointer"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags": ["-O2", "-Wall", "-Wextra", "-Wpedantic", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"],
      "cflags_cc": ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-fvisibility-inlines-hidden"],
      "ldflags": [
        "-Wl,--as-needed",
        "-Wl,--gc-sections",
        "-Wl,-z,now",
        # The handler of the wake signal must stay mapped when the last worker that loaded the addon has ended.
        "-Wl,-z,nodelete",
        "-Wl,--version-script=<(module_root_dir)/<(native)/exports.map",
        "-s"
      ],
      "conditions": [
        # These have pages of up to 64 KiB, and relro would pad the file to more than one of them: twice its size.
        ["target_arch=='arm64' or target_arch=='ppc64'", {"ldflags": ["-Wl,-z,norelro"]}, {"ldflags": ["-Wl,-z,relro"]}]
      ]
    }
  ]
}
