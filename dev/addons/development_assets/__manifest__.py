{
    "name": "Development: assets that Debian's package lacks",
    "summary": "Stands in for a script that Debian cannot distribute",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "Call Center Outbound contributors",
    "depends": ["mail"],
    "auto_install": True,
    "assets": {
        # Without it the web client logs an error on every page. It is only used to
        # blur the background of video calls.
        "web.assets_backend": [
            (
                "replace",
                "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
                "development_assets/static/src/selfie_segmentation.js",
            ),
        ],
    },
}
